import type { FamilyList } from './family-list.ts'
import type { LineScanner } from './line-scanner.ts'
import { familyType } from './suffixes.ts'

/** Reads the rest of a HELP, TYPE or UNIT line after the keyword. */
export function readMetadata(
  scanner: LineScanner,
  families: FamilyList,
  keyword: 'HELP' | 'TYPE' | 'UNIT',
): void {
  const { number } = scanner
  scanner.separator()
  const name = scanner.at('"') ? scanner.quoted() : scanner.metricName()
  if (name === '') scanner.fail('a family has no name')
  if (keyword === 'HELP') {
    families.named(name, number).setHelp(readHelp(scanner), number)
    return
  }
  scanner.separator()
  const word = scanner.word()
  scanner.end()
  if (keyword === 'UNIT') {
    families.named(name, number).setUnit(word, number)
    return
  }
  const type = familyType(word, scanner.dialect) ?? scanner.fail('unknown metric type')
  families.named(name, number).setType(type, number)
}

/** The text format allows a HELP line without text. */
function readHelp(scanner: LineScanner): string {
  if (scanner.atEnd && scanner.dialect === 'text') return ''
  scanner.separator()
  return scanner.unescape(scanner.rest(), scanner.dialect === 'text' ? '' : '"')
}
