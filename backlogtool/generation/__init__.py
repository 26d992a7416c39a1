"""Weekly generation: a digest, a policy and a day become candidate items, and these a plan for the backlog.

Everything is decided from the values handed in (R-005, R-006): ids and keys come from the week, not from the run,
so the same digest again changes nothing (R-008). ``run.plan`` is the way in. Source: REQUIREMENTS.md 3.2 and 3.3.
"""
