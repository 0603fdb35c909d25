-- The categories so far become terms, under their own ids.
INSERT INTO terms (term_id, taxonomy, name, name_key, slug, version, created_at, updated_at)
SELECT category_id, 'category', name, name_key, slug, version, created_at, updated_at FROM categories;
