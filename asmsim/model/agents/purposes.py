"""Names of streams and purposes: two draws that share all five keys would be the same draw.

They stand in named tuples, whose members are plain integers to the compiler.  (A bare constant would
be a type of its own there, and every purpose would compile its own copy of the generator.)
"""

from typing import NamedTuple


class Streams(NamedTuple):
    """What a key belongs to."""

    miners: int = 1
    bands: int = 2
    sites: int = 3
    offices: int = 5
    nation: int = 6
    residents: int = 7
    start_people: int = 9
    start_bands: int = 10
    start_residents: int = 11
    start_sites: int = 12
    start_buyers: int = 13
    start_offices: int = 14


class MinerDraws(NamedTuple):
    """What is drawn for a person, every month or on entry."""

    come: int = 0
    channel: int = 1
    review: int = 2
    meet: int = 4
    tell: int = 5
    report: int = 6
    shock: int = 8
    accept: int = 9
    bribe: int = 17
    signoff: int = 10
    consent: int = 11
    renew: int = 12
    called: int = 18
    struck: int = 19
    credit: int = 13
    insure: int = 14
    second: int = 15
    second_lost: int = 16
    luck: int = 20
    woman: int = 30
    winter: int = 31
    knows: int = 32
    land: int = 33
    trust: int = 34
    hurdle: int = 35
    trader: int = 36
    advance: int = 37
    skill: int = 40
    outside: int = 45


class BandDraws(NamedTuple):
    """What is drawn for a band."""

    form: int = 0
    dissolve: int = 1
    allot: int = 2
    plot_life: int = 3
    again: int = 4
    method: int = 5
    method_choice: int = 6
    move: int = 7
    equip: int = 8
    certify: int = 9
    sign: int = 10
    join: int = 11
    lead: int = 12
    inspected: int = 13
    cohesion: int = 14
    rock: int = 15
    site: int = 16
    out: int = 17
    helped: int = 18
    on: int = 19
    capture: int = 20
    first_site: int = 1000  # and one for each site of the country


class SiteDraws(NamedTuple):
    """What is drawn for a site."""

    raid: int = 0
    find: int = 1
    shown: int = 2
    visible: int = 3
    busy: int = 4
    grade: int = 10


class BuyerDraws(NamedTuple):
    """What is drawn for a buyer, at the start."""

    patient: int = 3
    cost: int = 10


class OfficeDraws(NamedTuple):
    """What is drawn for an office or for the residents of its district."""

    replaced: int = 0
    attitude: int = 1
    contacted: int = 2
    opinion: int = 3


class NationDraws(NamedTuple):
    """What is drawn for the nation; one of each of the last three for each ministry."""

    advance: int = 0
    suspend: int = 1
    noise: int = 10
    elected: int = 40
    elected_will: int = 70


STREAM = Streams()
MINER = MinerDraws()
BAND = BandDraws()
SITE = SiteDraws()
BUYER = BuyerDraws()
OFFICE = OfficeDraws()
NATION = NationDraws()
