"""Who publishes: the registry of sources, canonical URLs and article ids. Pure."""
