"""What the pipeline says about itself: samples of every process, the state at a glance, and the path of an article."""
