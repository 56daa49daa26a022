import {
  ccKey,
  deliveryModeAt,
  headerAt,
  propertiesEndAt,
  tableEndAt,
} from '../../src/codec/property-offsets.ts';
import { dv, RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { FrameWriter } from '../generator/frame-writer.ts';
import type { Suite } from '../kit/timing.ts';

const CONTENT_TYPE = 0x8000;
const HEADERS = 0x2000;
const DELIVERY_MODE = 0x1000;

/** Property flags and values as a client in Python sends them: content type, headers, delivery mode. */
function placeProperties(): {
  readonly at: number;
  readonly tableAt: number;
  readonly end: number;
} {
  const properties = new FrameWriter()
    .short(CONTENT_TYPE | HEADERS | DELIVERY_MODE)
    .shortstr('application/json')
    .table({ lang: 'py', task: 'shop.orders.bill', retries: 0, ignore_result: false, root: 'x' })
    .octet(2)
    .take();
  u8.set(properties, RECEIVE_AT);
  const tableAt = RECEIVE_AT + 2 + 1 + 'application/json'.length;
  return { at: RECEIVE_AT, tableAt, end: RECEIVE_AT + properties.length };
}

export const suite: Suite = {
  hotFiles: ['src/codec/property-offsets.ts'],
  cases: [
    {
      name: 'walk over all properties',
      prepare: () => {
        const { at, end } = placeProperties();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += propertiesEndAt(dv, at, end);
          return sum;
        };
      },
    },
    {
      name: 'find the delivery mode behind headers',
      prepare: () => {
        const { at, end } = placeProperties();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += deliveryModeAt(dv, at, end);
          return sum;
        };
      },
    },
    {
      name: 'look for an absent header among five',
      prepare: () => {
        const { tableAt, end } = placeProperties();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += headerAt(dv, tableAt, end, ccKey);
          return sum;
        };
      },
    },
    {
      name: 'check a table of five headers',
      prepare: () => {
        const { tableAt, end } = placeProperties();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += tableEndAt(dv, tableAt, end);
          return sum;
        };
      },
    },
  ],
};
