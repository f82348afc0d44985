"""The interventions and scores that ship with popsim, loaded through entry points like anyone's."""
