// Somebody without a mouse: everything is reached by Tab and done by keys.

import assert from 'node:assert/strict';

/** More stops than any page has; then the element cannot be reached. */
const MOST_STOPS = 300;

const hasFocus = (target) => target.evaluate((element) => element === document.activeElement);

/** Presses Tab until the element has the focus; at the end of the page it begins anew. */
export async function tabTo(page, target) {
  await target.waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${target} cannot be reached by the Tab key on ${page.url()}`);
}

/** Follows a link, presses a button, opens what is folded. */
export async function press(page, target) {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Writes over what stands in a field. */
export async function write(page, target, text) {
  await tabTo(page, target);
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.type(text);
  assert.equal(await target.inputValue(), text);
}

export async function tick(page, target) {
  await tabTo(page, target);
  if (!(await target.isChecked())) await page.keyboard.press('Space');
  assert.ok(await target.isChecked());
}

/** Goes down a list until the option of this text is chosen; options may be indented, and say how much they leave. */
export async function choose(page, target, text) {
  const chosen = () => target.evaluate((select) => select.selectedOptions[0].text.trim().replace(/ \(\d+\)$/, ''));
  await tabTo(page, target);
  await page.keyboard.press('Home');
  const options = await target.getByRole('option', { includeHidden: true }).count();
  for (let step = 0; step < options && (await chosen()) !== text; step += 1) await page.keyboard.press('ArrowDown');
  assert.equal(await chosen(), text);
}

/** A day and time, part by part as the field of an English browser takes them. */
export async function writeTime(page, target, { month, day, year, hour, minute, half }) {
  await tabTo(page, target);
  await page.keyboard.type(`${month}${day}${year}`);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type(`${hour}${minute}${half}`);
}
