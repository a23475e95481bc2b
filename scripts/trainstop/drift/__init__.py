"""Pure drift statistics: profiles, distances, the null, the decision."""
