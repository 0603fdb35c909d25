DROP TABLE sign_in_marks;
