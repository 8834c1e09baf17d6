"""`channels`: the chats and pagers in a stack's secret."""
