"""newswire beside its peers: the same pages for all, measured and judged in the same run."""
