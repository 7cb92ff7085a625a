"""Admission: who and how much may come in: keys, rates, quotas, and how many at one time."""
