DELETE FROM terms WHERE taxonomy = 'category';
