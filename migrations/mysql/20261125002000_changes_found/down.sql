ALTER TABLE changes DROP KEY changes_undo_of, DROP KEY changes_of_actor;
