/** Only what was signed with the same secret, for the same channel, is verified. */

import { Tinytest } from 'meteor/tinytest';
import { Authenticator } from '../../src/protocol/authenticator';

const SECRET = 'known to the nodes alone';
const CHANNEL = 'cluster:n';
const TEXT = '{"v":1,"node":"ä"}';
const authenticator = new Authenticator(SECRET, CHANNEL);
const signed = authenticator.sign(TEXT);

Tinytest.add('authenticator - a signed text is verified', (test) => {
  test.equal(authenticator.verify(signed), TEXT);
  test.equal(new Authenticator(SECRET, CHANNEL).verify(signed), TEXT);
  for (const text of ['', '.', 'a.b', '\0', '\n', signed]) {
    test.equal(authenticator.verify(authenticator.sign(text)), text, JSON.stringify(text));
  }
});

Tinytest.add('authenticator - the authentication code is an HMAC-SHA-256 in front of the text', (test) => {
  // Computed with OpenSSL: changing the code would split a cluster that is being upgraded.
  const known = new Authenticator('0123456789abcdef', 'cluster:test').sign('text');
  test.equal(known, 'l0DPzeADhnZ-ogj2doL0yj8Z3qIlrzSQ5wLMyOLZm4A.text');
});

Tinytest.add('authenticator - a text signed with another secret is refused', (test) => {
  for (const other of [`${SECRET}2`, SECRET.slice(1), SECRET.toUpperCase(), '']) {
    test.isUndefined(authenticator.verify(new Authenticator(other, CHANNEL).sign(TEXT)), other);
  }
});

Tinytest.add('authenticator - a text signed for another channel is refused', (test) => {
  for (const other of [`${CHANNEL}2`, 'cluster:', '']) {
    test.isUndefined(authenticator.verify(new Authenticator(SECRET, other).sign(TEXT)), other);
  }
});

Tinytest.add('authenticator - characters cannot move between the channel and the text', (test) => {
  const moved = new Authenticator(SECRET, `${CHANNEL}{`).sign(TEXT.slice(1));
  test.isUndefined(authenticator.verify(moved.replace('.', '.{')));
});

Tinytest.add('authenticator - a truncated text is refused', (test) => {
  for (let length = 0; length < signed.length; length += 1) {
    test.isUndefined(authenticator.verify(signed.slice(0, length)), `${length} characters`);
    test.isUndefined(authenticator.verify(signed.slice(signed.length - length)), `last ${length} characters`);
  }
});

Tinytest.add('authenticator - a text with one changed character is refused', (test) => {
  for (let at = 0; at < signed.length; at += 1) {
    const code = signed.charCodeAt(at);
    // The second one has the same lower byte.
    for (const changed of [code ^ 1, code + 256]) {
      const forged = signed.slice(0, at) + String.fromCharCode(changed) + signed.slice(at + 1);
      test.isUndefined(authenticator.verify(forged), `${changed} at ${at}`);
    }
  }
});

Tinytest.add('authenticator - a text without a valid form of authentication is refused', (test) => {
  const unsigned = [
    '',
    TEXT,
    `.${TEXT}`,
    `${'A'.repeat(43)}.${TEXT}`,
    `${'A'.repeat(43)}${TEXT}`,
    `${'é'.repeat(43)}.${TEXT}`,
    `${' '.repeat(43)}.${TEXT}`,
    ` ${signed}`,
    signed.replace('.', ''),
    signed.replace('.', ':'),
    `${signed}\n`,
  ];
  for (const text of unsigned) test.isUndefined(authenticator.verify(text), JSON.stringify(text));
});
