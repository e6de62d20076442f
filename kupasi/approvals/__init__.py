"""Acts that one person asks for and another approves: one mechanism, one inbox (权限表: A, V, A+V, V+V)."""
