"""WebSub (W3C Recommendation of 2018): hubs tell us of new articles, so that we need not ask."""
