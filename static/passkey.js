// Asks the browser for a passkey when a form for one is sent, and sends the form with the answer. Only scripts can ask, so these forms
// are hidden until this one runs, and a sentence says so instead.

(() => {
  'use strict';

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer ?? []))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  // What the shop asks, and the token that goes back with the answer.
  const ask = async (form) => {
    const headers = { accept: 'application/json', 'x-csrf-token': form.elements.csrf_token?.value ?? '' };
    const answer = await fetch(form.dataset.question, { method: 'POST', headers });
    if (answer.ok) return answer.json();
    const told = answer.headers.get('content-type')?.includes('json') ? (await answer.json()).detail : undefined;
    // A sign-in that is not fresh any more: the page itself asks for it.
    if (!told) location.reload();
    throw new Error(told ?? 'One moment …');
  };

  const make = async (publicKey) => {
    publicKey.challenge = toBytes(publicKey.challenge);
    publicKey.user.id = toBytes(publicKey.user.id);
    for (const present of publicKey.excludeCredentials) present.id = toBytes(present.id);
    const { response } = await navigator.credentials.create({ publicKey });
    return { client_data: response.clientDataJSON, authenticator_data: response.getAuthenticatorData() };
  };

  const use = async (publicKey) => {
    publicKey.challenge = toBytes(publicKey.challenge);
    const { rawId, response } = await navigator.credentials.get({ publicKey });
    return {
      credential: rawId,
      client_data: response.clientDataJSON,
      authenticator_data: response.authenticatorData,
      signature: response.signature,
      user_handle: response.userHandle,
    };
  };

  const words = ({ name, message }) => {
    if (name === 'NotAllowedError') return 'The browser gave no passkey: it was cancelled, took too long, or there is none here.';
    if (name === 'InvalidStateError') return 'There is a passkey of yours in this place already.';
    if (name === 'TypeError') return 'The shop did not answer. Try again.';
    return message;
  };

  for (const told of document.querySelectorAll('[data-scriptless]')) told.remove();
  for (const form of document.querySelectorAll('form[data-question]')) {
    const alert = form.querySelector('[role=alert]');
    const tell = (text) => {
      alert.textContent = text;
      alert.hidden = !text;
    };
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const { origin } = form.dataset;
      if (location.origin !== origin) return tell(`Passkeys work at ${origin} only: open this page there.`);
      if (!window.PublicKeyCredential) return tell('This browser knows no passkeys.');
      const button = form.querySelector('button');
      button.disabled = true;
      tell('');
      try {
        const { token, publicKey } = await ask(form);
        const answer = await (publicKey.user ? make : use)(publicKey);
        for (const [name, value] of Object.entries(answer)) form.elements[name].value = toText(value);
        form.elements.token.value = token;
        form.submit();
      } catch (error) {
        tell(words(error));
        button.disabled = false;
      }
    });
  }
})();
