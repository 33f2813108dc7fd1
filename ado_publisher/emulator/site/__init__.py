"""The web pages: plans, points, runs, results and files, where the links of runs and reports lead.

Everything is rendered here and escaped, nothing is scripted, and no credential is asked for.
"""
