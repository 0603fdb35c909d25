DROP TABLE submission_notices;
