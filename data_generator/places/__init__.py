"""Places: ZIP codes, their markets and states, and the modelled people in them."""
