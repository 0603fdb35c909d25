-- The history of one person or program, and what a change was undone by.
ALTER TABLE changes ADD KEY changes_of_actor (actor, seq), ADD KEY changes_undo_of (undo_of);
