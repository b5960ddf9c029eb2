import { expect, test } from 'vitest';
import { loadCatalogue } from '../../normalise/index.ts';
import { trust } from '../../sql/index.ts';
import { fold } from '../fold.ts';
import { openStoredEvents } from './stored-events.suite.ts';
import { foldSql } from './text-sql.ts';

test('the engine folds every character as the interpreter does, wherever it stands in a word', async () => {
  const stored = await openStoredEvents(loadCatalogue());
  const surrogates = 'bitAnd(greaterOrEquals(number, 55296), lessOrEquals(number, 57343))';
  const bytes = [24, 16, 8, 0].map((shift) => `bitAnd(bitShiftRight(number, ${shift}), 255)`).join(', ');
  const character = `convertCharset(char(${bytes}), 'UTF-32BE', 'UTF-8')`;
  const answer = await stored.row(
    trust(
      `SELECT groupArray(number) AS points, groupArray(folded) AS texts FROM (SELECT number, concat('a', ${character}) AS text, ${foldSql('text')} AS folded FROM numbers(1, 1114111) WHERE not(${surrogates}) AND folded != text)`,
    ),
  );
  await stored.close();
  const folded = new Map(
    [answer.points ?? []].flat().map((point, index) => [Number(point), answer.texts?.[index]]),
  );
  const different: number[] = [];
  for (let point = 1; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const text = `a${String.fromCodePoint(point)}`;
    if (fold(text) !== (folded.get(point) ?? text)) different.push(point);
  }
  expect([folded.size > 1_000, different]).toEqual([true, []]);
});
