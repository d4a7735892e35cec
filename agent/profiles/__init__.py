"""One YAML file for each family of devices: how to know it, what to ask, what the values mean.

`FAMILY.yaml` is a family; `common-*.yaml` are only included by others; `generic.yaml` is for what
no family fits. `agent.devices.load` reads them and refuses every unknown word. An example of all:

    family: huawei-vrp                    # the file's name
    name: Huawei VRP switches and routers # for people
    kinds: [switch, cpe]                  # DeviceKind of the inventory; decides between equal fits
    match:                                # not in common files
      object_ids: [1.3.6.1.4.1.2011.2]    # sysObjectID is one of these or below it; [] = any
      description: 'VRP'                  # and this regular expression occurs in sysDescr
    include: [common-system, common-interfaces, common-neighbours]
    readers: [interfaces]                 # code in agent/devices, where data does not suffice
    info:                                 # labels of govnet_device_info; the first text that is
      model: {oid: 1.3.6.1.2.1.47.1.1.1.1.13.1}             # there counts, includes come last
      serial: {column: 1.3.6.1.2.1.47.1.1.1.1.11, where: {column: ..., equals: 3}}
      firmware: {from: description, pattern: 'Version ([^ ,]+)'}   # group 1; with oid/column too
    scalars:
      - {metric: govnet_ups_battery_charge_ratio, oid: 1.3.6.1.2.1.33.1.2.4.0, scale: 0.01}
    tables:
      - index: if_index
        where: {column: 1.3.6.1.2.1.99.1.1.1.1, equals: 14}
        labels: {lane: "0"}
        columns:
          - {metric: govnet_optics_receive_power_dbm, column: 1.3.6.1...., unit: dbm_hundredths}
    unsupported: what is known to be missing, one sentence (optional)
    source: MIB names, RFCs, recordings (required)

The longest object id that fits wins; among equals one with a description, then one with the
device's kind, then the first name. A series that several entries give is taken from the first:
what a family says itself stands before what it includes. A common file may include another that
includes none.

A table's `index` says what the rest of the OID is:

- `if_index`: the port of that ifIndex, label `port`
- `entity_port`: an entPhysicalIndex (RFC 6933); the port that it is, or is contained in
- `[lane, _]`: dotted pieces: the name of a label, `if_index` for the port, `_` for nothing, and a
  number in quotes for rows that have just that number there. The last piece takes all the rest
- without `index`: the row is of no interest to any label

`where` keeps rows whose other column has one of the values: `equals: 14` or `equals: [6, 7]`. A
list of such conditions means all of them. An OID as a value is written as text.

`labels`, of a table or of one column: fixed text, in which `{index}` is the row's index (`"fan
{index}"`, for tables without names or with names that change with the state); `{column: OID}` for
the text of another column in the same row, or `{column: OID, index: 1}` when that column's index is
only the first so many pieces. Rows that would give the same labels get `#INDEX` behind the last
text read.

What a value goes through, in this order; nothing comes out where a step gives nothing:

- `absent: [-1, 2147483647, "N/A"]`: words for "there is no value"
- `map: {3: 1, 5: 0}`: enumerations; what is not named gives nothing
- `bits: {error: {0: low_paper, 1: no_paper}}`: BITS (RFC 2578), bit 0 the highest of the first
  octet: one sample for each named bit, 0 or 1, with that word as the label
- `value: 1`: that number for every row that has the column, with a text that is not empty
- `unit: huawei_power`: a conversion of `agent.devices.units`, with `with: {lanes: OID}`: other
  columns of the same row (for scalars: other OIDs) by the names that the conversion reads
- `scale: 0.01`: multiplied

`slow: true` on a table or column: asked when the device is learnt (every five minutes), and told
in every run: for thresholds. Columns for labels and `where` are slow by themselves. All metrics
are rows of `govnet.catalogue` that a check gives.
"""
