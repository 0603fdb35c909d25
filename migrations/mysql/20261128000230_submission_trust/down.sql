DROP TABLE submission_trust;
