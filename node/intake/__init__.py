"""Ways in for appeals: each turns its own form into `domain.appeal.NewAppeal`."""
