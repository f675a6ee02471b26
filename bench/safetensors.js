/** The F32 tensors of a safetensors file: {name: {shape, data}}. */
export function read(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensor = ({ shape, data_offsets: [from, to] }) => ({ shape, data: new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer) });
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => [name, tensor(entry)]));
}
