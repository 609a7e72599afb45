"""One file a pane. A pane subscribes to a service, draws its snapshots and keeps no truth of its own."""
