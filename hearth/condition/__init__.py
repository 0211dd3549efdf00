"""The condition here: link, wide net, peers, power, clock, and what stewards have declared."""
