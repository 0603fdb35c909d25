// A picture to upload: 60 by 40 pixels of one colour, as PNG.

export const LANTERN = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAADwAAAAoCAIAAAAt2Q6oAAAAO0lEQVR42u3OQQkAAAgEsEtiMHMa0BQ+hMECLNP1TqSlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpS8tN6/9FxsrFp8AAAAASUVORK5CYII=',
  'base64',
);
