-- What people were told so far, under the change that was the reason. Programs of before go on with their own two tables.
INSERT IGNORE INTO inbox (user_id, change_hash, kind, subject_id, data, created_at, read_at)
SELECT user_id, change_hash, 'stock.low', product_id,
    JSON_OBJECT('id', product_id, 'name', name, 'stock_quantity', stock_quantity), created_at, read_at
FROM notices
UNION ALL
SELECT told.user_id, changes.hash,
    CASE WHEN told.step = 'submitted' THEN 'submission.received' ELSE 'submission.decided' END, told.submission_id,
    JSON_OBJECT('id', told.submission_id, 'state', told.step), told.created_at, told.read_at
FROM submission_notices told
JOIN changes ON changes.entity = 'submission' AND changes.entity_id = told.submission_id
    AND changes.at = told.created_at AND changes.state_after LIKE CONCAT('%"state":"', told.step, '"%');
