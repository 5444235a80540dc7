/** In which form documents are read, by how long reads took. */

import { Tinytest } from 'meteor/tinytest';
import { ReadForms } from '../../../../src/strategies/feed/read-form';

/** Forms with a time that the test sets. */
function formsAt() {
  let time = 0;
  const forms = new ReadForms(() => time);
  return {
    forms,
    wait: (ms: number) => {
      time += ms;
    },
  };
}

Tinytest.add('read form - both forms are tried before one is chosen', (test) => {
  const { forms } = formsAt();
  test.equal(forms.choose(2), 'single');
  forms.note('single', 1, 1);
  test.equal(forms.choose(2), 'list');
});

Tinytest.add('read form - where a list costs a scan, few documents are read one by one', (test) => {
  const { forms } = formsAt();
  forms.note('single', 1.3, 1);
  forms.note('list', 17, 1);
  test.equal(
    [2, 13, 14, 100].map((count) => forms.choose(count)),
    ['single', 'single', 'list', 'list'],
  );
});

Tinytest.add('read form - where a list costs what one document does, two are a list', (test) => {
  const { forms } = formsAt();
  forms.note('single', 0.95, 1);
  forms.note('list', 1.34, 1);
  test.equal(
    [1, 2, 20].map((count) => forms.choose(count)),
    ['single', 'list', 'list'],
  );
});

Tinytest.add('read form - parallel reads share the time that each takes', (test) => {
  const { forms } = formsAt();
  forms.note('single', 5.2, 4);
  forms.note('list', 17, 1);
  test.equal(forms.choose(8), 'single');
  forms.note('list', 17, 4);
  test.equal(forms.choose(8), 'single', 'a list takes its time for itself');
});

Tinytest.add('read form - the slower form is tried again, for 1 % of the time at most', (test) => {
  const { forms, wait } = formsAt();
  forms.note('single', 1, 1);
  forms.note('list', 200, 1);
  wait(20_000);
  forms.note('single', 1, 1);
  test.equal(forms.choose(4), 'single');
  wait(1);
  test.equal(forms.choose(4), 'list');
  forms.note('list', 2, 1);
  test.equal(forms.choose(4), 'list', 'an outdated measurement is replaced');
});

Tinytest.add('read form - one slow read among others does not decide', (test) => {
  const { forms } = formsAt();
  for (let n = 0; n < 10; n += 1) forms.note('single', 1, 1);
  forms.note('list', 9, 1);
  forms.note('single', 8, 1);
  test.equal(forms.choose(2), 'single');
});
