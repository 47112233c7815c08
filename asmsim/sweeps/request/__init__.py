"""What a sweep is asked for: overrides and tables become points, and points scenarios, checked before any work.

Its three main names are `request.make_request`, `points.Points` (the values of each point) and `bases.Base` (a composed
scenario on which values are laid).  It may import `store` for what lies in a folder already, but runs nothing.
"""
