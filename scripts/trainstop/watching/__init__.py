"""Pure watching: signals of production, the incidents they add up to, and the life of an incident's issue."""
