"""Customers: who they are, where, on which plan and phone, and what that costs them."""
