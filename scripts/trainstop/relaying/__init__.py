"""What a pull request's own run says of itself, in one small file: written there, believed in nothing here. Pure."""
