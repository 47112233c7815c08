"""What each kind of agent does in a month: rules of numbers, and the loops that apply them to rows.

Its three main names are `miners_month.miners_month`, `enterprise.bands_month` and `buyer.buyers_month`; officials and
donors have modules of their own, and `miner_rules` holds what a miner decides by.  Everything here is compiled: it may
import `engine`, the declarations of `state`, `handles` and `outcomes`, and `environment`, but no lever.
"""
