/** Only what was signed with the same secret, for the same channel, is verified. */

import { Tinytest } from 'meteor/tinytest';
import { Authenticator } from '../../../src/protocol/authenticator';

const SECRET = 'known to the nodes alone';
const CHANNEL = 'cluster:n';
const TEXT = '{"v":1,"node":"ä"}';
const NOW = 1_700_000_000_000;
const authenticator = new Authenticator([SECRET], CHANNEL);
const signed = authenticator.sign(TEXT, NOW);

/** Signs with another secret or for another channel. */
function signWith(text: string, secret = SECRET, channel = CHANNEL): string {
  return new Authenticator([secret], channel).sign(text, NOW);
}

/** Returns the text; `undefined` when it is not authentic. */
function verify(given: string): string | undefined {
  const verification = authenticator.verify(given, NOW);
  return verification.kind === 'authentic' ? verification.text : undefined;
}

Tinytest.add('authenticator - a signed text is verified', (test) => {
  test.equal(verify(signed), TEXT);
  test.equal(verify(signWith(TEXT)), TEXT);
  for (const text of ['', '.', 'a.b', '\0', '\n', signed]) {
    test.equal(verify(signWith(text)), text, JSON.stringify(text));
  }
});

Tinytest.add('authenticator - the authentication code is an HMAC-SHA-256 in front of the text', (test) => {
  // Computed with OpenSSL: changing the code would split a cluster that is being upgraded.
  const known = signWith('text', '0123456789abcdef', 'cluster:test');
  test.equal(known, 'TUAqgK-a7okiWoqimlLRmcwtKLKnVlPw2lCkfqB-pNw.1700000000.text');
});

Tinytest.add('authenticator - a text signed with another secret is refused', (test) => {
  for (const other of [`${SECRET}2`, SECRET.slice(1), SECRET.toUpperCase(), '']) {
    test.isUndefined(verify(signWith(TEXT, other)), other);
  }
});

Tinytest.add('authenticator - a text signed for another channel is refused', (test) => {
  for (const other of [`${CHANNEL}2`, 'cluster:', '']) {
    test.isUndefined(verify(signWith(TEXT, SECRET, other)), other);
  }
});

Tinytest.add('authenticator - characters cannot move between the channel and the text', (test) => {
  const moved = signWith(TEXT.slice(1), SECRET, `${CHANNEL}{`);
  test.isUndefined(verify(moved.replace(/\.(\d+)\./, '.$1.{')));
});

Tinytest.add('authenticator - a truncated text is refused', (test) => {
  for (let length = 0; length < signed.length; length += 1) {
    test.isUndefined(verify(signed.slice(0, length)), `${length} characters`);
    test.isUndefined(verify(signed.slice(signed.length - length)), `last ${length} characters`);
  }
});

Tinytest.add('authenticator - a text with one changed character is refused', (test) => {
  for (let at = 0; at < signed.length; at += 1) {
    const code = signed.charCodeAt(at);
    // The second one has the same lower byte.
    for (const changed of [code ^ 1, code + 256]) {
      const forged = signed.slice(0, at) + String.fromCharCode(changed) + signed.slice(at + 1);
      test.isUndefined(verify(forged), `${changed} at ${at}`);
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
  for (const text of unsigned) test.isUndefined(verify(text), JSON.stringify(text));
});

Tinytest.add('authenticator - a text is authentic for ten minutes, and as long ahead of its time', (test) => {
  for (const [ms, kind] of [
    [0, 'authentic'],
    [599_000, 'authentic'],
    [-599_000, 'authentic'],
    [601_000, 'outdated'],
    [-601_000, 'outdated'],
  ] as const) {
    test.equal(authenticator.verify(signed, NOW + ms).kind, kind, `${ms} ms later`);
  }
});

Tinytest.add('authenticator - what was signed at another time has the difference', (test) => {
  const outdated = (aheadMs: number) => ({ kind: 'outdated' as const, text: TEXT, aheadMs });
  test.equal(authenticator.verify(signed, NOW - 660_000), outdated(660_000));
  test.equal(authenticator.verify(signed, NOW + 660_000), outdated(-660_000));
});

Tinytest.add('authenticator - of several secrets all are accepted, and the first one signs', (test) => {
  const [old, next] = ['the secret until today', 'the secret from today on'];
  const both = new Authenticator([next, old], CHANNEL);
  test.equal(both.verify(signWith(TEXT, old), NOW), { kind: 'authentic', text: TEXT, isFirst: false });
  test.equal(both.verify(signWith(TEXT, next), NOW), { kind: 'authentic', text: TEXT, isFirst: true });
  test.equal(both.verify(signed, NOW), { kind: 'foreign' });
  test.equal(both.sign(TEXT, NOW), signWith(TEXT, next));
});
