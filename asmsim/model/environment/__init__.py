"""What agents find around them: land, law and public opinion.

Its three main names are `sites.deposits_month`, `law.law_month` and `opinion.residents_month`.  Everything here is
compiled, under the same rules as `agents`.
"""
