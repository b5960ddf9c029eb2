import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDataXml, parseEventXml } from './event-xml.ts';

const system =
  "<System><Provider Name='Example' Guid='{1}'/><EventID Qualifiers='0'>7</EventID><TimeCreated SystemTime='2025-01-02T03:04:05.1234567Z'/><Channel>App/Op</Channel><Computer>h</Computer></System>";

test('an event becomes flat fields, named as in flat records', () => {
  const xml = `<?xml version="1.0"?><!-- c --><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">${system}<EventData><Data Name="Image">C:\\a &amp; b&#10;&#x263A;</Data><Data Name='Channel'>own</Data><Data>x</Data><Data>y</Data><Data Name="Empty"/></EventData></Event>`;
  expect(Object.fromEntries(parseEventXml(xml) ?? [])).toEqual({
    Provider_Name: 'Example',
    Provider_Guid: '{1}',
    EventID: '7',
    EventID_Qualifiers: '0',
    TimeCreated: '2025-01-02T03:04:05.1234567Z',
    Channel: 'App/Op',
    Computer: 'h',
    Image: 'C:\\a & b\n☺',
    EventData_Channel: 'own',
    Data: '["x","y"]',
    Empty: '',
  });
});

test('UserData gives its leaves, whatever they are wrapped in', () => {
  const xml = `<Event>${system}<UserData><e:Cleared xmlns:e='urn:x'><e:SubjectUserName>bob</e:SubjectUserName></e:Cleared></UserData></Event>`;
  expect(parseEventXml(xml)?.get('SubjectUserName')).toBe('bob');
});

test.each([
  ['', 'nothing'],
  ['<Event>', 'an element that is not closed'],
  ['<Event></Evnt>', 'a wrong closing tag'],
  ['<Other/>', 'another root'],
  ['<Event/><Event/>', 'two roots'],
  ['<Event>&unknown;</Event>', 'an unknown entity'],
  ['<Event>&#x110000;</Event>', 'a character that there is not'],
  ['<!DOCTYPE Event [<!ENTITY a "b">]><Event/>', 'a document type'],
  ['<Event a=1/>', 'an attribute without quotes'],
  [`${'<a>'.repeat(1_000)}${'</a>'.repeat(1_000)}`, 'too deep nesting'],
])('%s is refused: %s', (xml) => {
  expect(parseEventXml(xml)).toBeUndefined();
});

test('a fragment gives its Data elements', () => {
  const xml = '<DataItem type="x"><EventData><Data Name="A">1</Data></EventData></DataItem>';
  expect(parseDataXml(xml)).toEqual(new Map([['A', '1']]));
});

test('any text, well-formed or not, ends in time', () => {
  const part = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    'Event',
    ' a=',
    '"',
    "'",
    '&',
    '&amp;',
    '<![CDATA[',
    ']]>',
    '<!--',
    ' '.repeat(500),
    'x',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
      parseEventXml(`<Event>${parts.join('')}`);
    }),
  );
});
