"""Customers: who they are, where they live, their plan, device and bills, by row and seed.

`population.Population` has all traits of a range of customers; `segments` what tells the eight
latent groups apart.
"""
