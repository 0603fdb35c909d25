DROP TABLE submission_pictures;
