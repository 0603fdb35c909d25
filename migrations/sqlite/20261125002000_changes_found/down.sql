DROP INDEX changes_undo_of;
DROP INDEX changes_of_actor;
