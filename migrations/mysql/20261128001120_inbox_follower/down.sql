DELETE FROM follower_positions WHERE follower = 'inbox';
