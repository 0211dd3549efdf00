"""Who belongs to a community: invitations, membership as a fold of the control lane, tickets."""
