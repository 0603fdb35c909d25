-- The history of one person or program, and what a change was undone by.
CREATE INDEX changes_of_actor ON changes (actor, seq);
CREATE INDEX changes_undo_of ON changes (undo_of);
