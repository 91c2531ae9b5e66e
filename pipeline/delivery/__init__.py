"""Nothing lost, nothing twice: the loop between a log and a step, the same for Faust and the embedded runtime."""
