import { highlightCode, tagHighlighter, tags } from '@lezer/highlight';
import { parser as python } from '@lezer/python';
import { parser as yaml } from '@lezer/yaml';
import type { Paint } from './CodeView';

const KINDS = tagHighlighter([
  { tag: tags.keyword, class: 'code-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'code-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'code-number-literal' },
  { tag: tags.comment, class: 'code-comment' },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], class: 'code-name' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], class: 'code-property' },
]);

/** Source in coloured pieces, line by line. */
export const paint: Paint = (text, language) => {
  const parser = language === 'python' ? python : yaml;
  const lines: ReturnType<Paint> = [[]];
  highlightCode(
    text,
    parser.parse(text),
    KINDS,
    (piece, kind) => lines.at(-1)?.push({ text: piece, kind }),
    () => lines.push([]),
  );
  return lines;
};
