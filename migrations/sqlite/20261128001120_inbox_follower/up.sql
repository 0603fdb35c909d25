-- Whoever follows the log for the inbox goes on where notices of low stock had come to.
INSERT OR IGNORE INTO follower_positions (follower, epoch, seq, hash, updated_at)
SELECT 'inbox', epoch, seq, hash, updated_at FROM follower_positions WHERE follower = 'notices';
