"""History: past events and campaigns, and the true laws of what came of them."""
