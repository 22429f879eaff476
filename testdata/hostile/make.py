"""Makes the files of this folder: one folder for each trouble, with its files and the source that reads them.

    python3 make.py          # needs pyarrow for the Parquet files; everything else is the standard library

What each ends in is in its `expected.txt`, which the tests compare (and rewrite when UPDATE_EXPECT=1 is set).
"""

import base64
import bz2
import datetime
import gzip
import io
import json
import os
import shutil
import struct
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {}

BASIC = "id: { type: integer, required: true }; name: { type: string }; amount: { type: \"decimal(18,2)\" }"
BODY = "id,name,amount\n1,王小明,10.50\n2,Anna,20.00\n"


def case(name, files, columns=BASIC, format="type: csv", **source):
    """`columns` is a list of `name: { … }` between semicolons; more keys of the source come by name."""
    assert name not in CASES, name
    lines = [f'path: "{source.pop("path", "*")}"', f"format: {{ {format} }}"]
    lines += [f"{key}: {value}" for key, value in source.items()]
    lines += ["columns:"] + [f"  {column.strip()}" for column in columns.split(";") if column.strip()]
    if isinstance(files, (bytes, str)):
        files = {"a.csv": files}
    files = {file: text.encode() if isinstance(text, str) else text for file, text in files.items()}
    CASES[name] = (files, "\n".join(lines) + "\n")


def packed(data):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return out.getvalue()


def zipped(members, **how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()


# ── encodings ───────────────────────────────────────────────────────────────────────────────────────────────────
case("bom_utf8", b"\xef\xbb\xbf" + BODY.encode())
case("bom_in_the_middle", "id,name,amount\n1,a,1.00\n\ufeff2,b,2.00\n")
case("utf16le_declared", BODY.encode("utf-16"), format="type: csv, encoding: utf-16le")
case("utf16be_auto", b"\xfe\xff" + BODY.encode("utf-16-be"), format="type: csv, encoding: auto")
case("utf16le_without_mark_auto", BODY.encode("utf-16-le"), format="type: csv, encoding: auto")
case("utf16_undeclared", BODY.encode("utf-16"))
case("utf16_unpaired_surrogate", b"\xff\xfe" + "id,name,amount\n1,a".encode("utf-16-le") + b"\x00\xd8" + ",1.00\n2,b,2.00\n".encode("utf-16-le"),
     format="type: csv, encoding: utf-16le")
case("utf16_odd_number_of_bytes", b"\xff\xfe" + BODY.encode("utf-16-le") + b"3", format="type: csv, encoding: utf-16le")
case("gbk_undeclared_header", "编号,姓名\n1,王小明\n".encode("gbk"), "id: { from: [编号], type: integer }; name: { from: [姓名], type: string }")
case("gbk_undeclared_rows", "id,name,amount\n1,王小明,10.50\n2,Anna,20.00\n".encode("gbk"))
case("gbk_declared", "id,name,amount\n1,王小明,10.50\n2,镕基,20.00\n".encode("gbk"), format="type: csv, encoding: gbk")
case("gb18030_four_bytes", "id,name,amount\n1,𠮷野,10.50\n2,㐀,20.00\n".encode("gb18030"), format="type: csv, encoding: gb18030")
case("gbk_auto", ("id,name,amount\n" + "".join(f"{i},客户姓名王小明先生,{i}.50\n" for i in range(1, 6))).encode("gbk"), format="type: csv, encoding: auto")
case("big5_auto", ("id,name,amount\n" + "".join(f"{i},客戶姓名陳大文先生臺灣,{i}.50\n" for i in range(1, 6))).encode("big5"), format="type: csv, encoding: auto")
case("shift_jis_declared", "id,name,amount\n1,田中さくら,10.50\n2,ｱﾝﾅ,20.00\n".encode("shift_jis"), format="type: csv, encoding: shift_jis")
case("latin1_declared", "id,name,amount\n1,Müller,10.50\n2,São Paulo €,20.00\n".encode("cp1252"), format="type: csv, encoding: windows-1252")
case("utf8_auto", BODY, format="type: csv, encoding: auto")
case("utf8_with_a_bad_byte_auto", ("id,name\n" + "".join(f"{i},张三李四\n" for i in range(1, 31)) + "31,张").encode() + b"\xe4\xb8\n32,ok\n", "id: { type: integer, required: true }; name: { type: string }", format="type: csv, encoding: auto")
case("bad_utf8_in_a_row", b"id,name,amount\n1,a\xffb,1.00\n2,b,2.00\n3,\xe7\x8e,3.00\n")
case("replacement_character_is_text", "id,name,amount\n1,a\ufffdb,1.00\n")
case("truncated_character_at_the_end", b"id,name,amount\n1,a,1.00\n2,\xe7\x8e")

# ── quotes, lines, fields ───────────────────────────────────────────────────────────────────────────────────────
case("unclosed_quote", 'id,name,amount\n1,"Anna,1.00\n2,b,2.00\n3,c,3.00\n')
case("unclosed_quote_at_the_end", 'id,name,amount\n1,a,1.00\n2,"b')
case("stray_quote", 'id,name,amount\n1,"a"b,1.00\n2,b"c,2.00\n3,"c",3.00\n')
case("doubled_quotes", 'id,name,amount\n1,"say ""hi""",1.00\n2,"""",2.00\n')
case("blanks_around_quotes", 'id,name,amount\n1, "a" ,1.00\n2,"b"  ,2.00\n')
case("ragged_rows", "id,name,amount\n1,a\n2,b,2.00\n3,c,3.00,x\n4,d,4.00\n")
case("trailing_delimiter", "id,name,amount\n1,a,1.00,\n2,b,2.00,\n")
case("trailing_delimiter_everywhere", "id,name,amount,\n1,a,1.00,\n2,b,2.00,\n")
case("nul_bytes", "id,name,amount\n1,a\0b,1.00\n2,b,2.00\n")
case("cr_only", BODY.replace("\n", "\r"))
case("mixed_line_ends", "id,name,amount\r\n1,a,1.00\r2,b,2.00\n3,c,3.00\r\n\r\n4,d,4.00")
case("embedded_newlines", 'id,name,amount\n1,"a\nb",1.00\n2,"c\r\nd",2.00\n3,x,bad\n')
case("line_separators_in_text", "id,name,amount\n1,a\u2028b,1.00\n2,c\u0085d,2.00\n")
case("no_line_end_at_the_end", "id,name,amount\n1,a,1.00")
case("ten_megabyte_field", {"a.csv.gz": packed("id,name,amount\n1," + "x" * 10_000_000 + ",1.00\n2,b,2.00\n")})
case("ten_megabyte_quoted_field", {"a.csv.gz": packed('id,name,amount\n1,"' + "x, " * 3_400_000 + '",1.00\n2,b,2.00\n')})
case("endless_line", {"a.csv.gz": packed("id,name,amount\n1,a,1.00\n" + "y" * 40_000_000)})
case("hundred_thousand_columns", {"a.csv.gz": packed("id,name,amount," + ",".join(f"c{i}" for i in range(100_000)) + "\n1,a,1.00" + ",0" * 100_000 + "\n2,b,2.00\n")},
     on_new_column="ignore")
case("blank_lines_only", "\n\n  \n\n")
case("empty", "")
case("header_only", "id,name,amount\n")
case("header_without_line_end", "id,name,amount")
case("rows_of_delimiters", "id,name,amount\n,,\n1,a,1.00\n,,\n")

# ── headers ─────────────────────────────────────────────────────────────────────────────────────────────────────
case("duplicate_header", "id,name,amount,amount\n1,a,1.00,2.00\n")
case("duplicate_header_unread", "id,name,amount,x,x\n1,a,1.00,2,3\n")
case("blank_header", "id,,name,amount\n1,?,a,1.00\n")
case("full_width_header", "ｉｄ, name ,\u3000amount\n1,a,1.00\n")
case("other_case_header", "ID,Name,Amount\n1,a,1.00\n")
case("junk_above_the_header", "Report of March\nprinted on 2024-04-01\n\nid,name,amount\n1,a,1.00\n", format="type: csv, header_row: 4")
case("junk_above_the_header_undeclared", "Report of March\nprinted on 2024-04-01\n\nid,name,amount\n1,a,1.00\n")
case("header_row_beyond_the_end", BODY, format="type: csv, header_row: 40")
case("totals_row_below", "id,name,amount\n1,a,1.00\n2,b,2.00\n合计,,3.00\n", format="type: csv, comment: [合计]")
case("totals_row_below_undeclared", "id,name,amount\n1,a,1.00\n2,b,2.00\n合计,,3.00\n")
case("comments", "# made by hand\nid,name,amount\n# one\n1,a,1.00\n2,#b,2.00\n", format='type: csv, comment: "#"')
case("header_repeated", "id,name,amount\n1,a,1.00\nid,name,amount\n2,b,2.00\n")
case("renamed_column", "id,customer_name,amount\n1,a,1.00\n")
case("renamed_required_column", "idd,name,amount\n1,a,1.00\n")
case("missing_optional_column", "id,amount\n1,1.00\n", "id: { type: integer }; name: { type: string, optional: true }; amount: { type: \"decimal(18,2)\" }")
case("new_column", "id,name,amount,loyalty_points\n1,a,1.00,500\n2,b,2.00,700\n")
case("new_column_refused", "id,name,amount,loyalty_points\n1,a,1.00,500\n", on_new_column="error")
case("other_order_and_more_columns", {"2024-01.csv": "id,name,amount\n1,a,1.00\n", "2024-02.csv": "amount,id,name,channel\n2.00,2,b,web\n"},
     BASIC + "; channel: { type: string }")
case("column_removed_later", {"2024-01.csv": "id,name,amount\n1,a,1.00\n", "2024-02.csv": "id,amount\n2,2.00\n"})
case("other_delimiter", "id;name;amount\n1;a;1.00\n")
case("no_header_undeclared", "Ann,Secret,Street\nBen,Hidden,Road\n")
case("utf16_declared_the_wrong_way_round", BODY.encode("utf-16-le"), format="type: csv, encoding: utf-16be")
case("tab_delimiter", "id\tname\tamount\n1\ta,b\t1.00\n", format='type: csv, delimiter: tab')
case("delimiter_of_two_characters", "id||name||amount\n1||a|b||1.00\n2||\"c||d\"||2.00\n", format='type: csv, delimiter: "||"')
case("control_character_delimiter", "id\x01name\x01amount\n1\x01a\x011.00\n", format='type: csv, delimiter: "\\x01"')
case("escape_character", 'id,name,amount\n1,"a\\"b",1.00\n2,c\\,d,2.00\n3,"e\\\\",3.00\n', format='type: csv, escape: "\\\\"')
case("no_header", "1,a,1.00\n2,b,2.00\n",
     'id: { from: "1", type: integer }; name: { from: "2", type: string }; amount: { from: "3", type: "decimal(18,2)" }', format="type: csv, header: false")
case("fixed_width", {"a.txt": "0001王小明    10.50\r\n0002Anna   20.00\r\n0003Bob\r\n\r\n0004x\r\n"},
     'id: { from: 1-4, type: integer }; name: { from: 5-11, type: string }; amount: { from: 12-17, type: "decimal(18,2)" }', format="type: fixed")

# ── dates and times ─────────────────────────────────────────────────────────────────────────────────────────────
DAYS = "id: { type: integer }; day: { type: date%s }"
case("zero_dates", "id,day\n1,0000-00-00\n2,2024-01-31\n3,\n", DAYS % "")
case("zero_dates_as_null_word", "id,day\n1,0000-00-00\n2,2024-01-31\n", DAYS % ', null_words: ["0000-00-00"]')
case("impossible_dates", "id,day\n1,2023-02-29\n2,2024-02-29\n3,2024-04-31\n4,2024-13-01\n", DAYS % "")
case("dates_of_no_business", "id,day\n1,0001-01-01\n2,1799-12-31\n3,1800-01-01\n4,9999-12-31\n", DAYS % "")
case("several_date_formats", "id,day\n1,2024-03-05\n2,2024/3/5\n3,5 Mar 2024\n4,20240305\n5,05.03.2024\n",
     DAYS % ', format: ["%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%Y%m%d"]')
case("chinese_dates", "id,day\n1,2024年3月5日\n2,２０２４年１２月３１日\n3,2024年2月30日\n", DAYS % ', format: "%Y年%m月%d日"')
case("serial_dates", "id,day\n1,45356\n2,1\n3,60\n4,45356.5\n5,-3\n", DAYS % ", format: excel")
TIMES = "id: { type: integer }; at: { type: timestamp%s }"
case("epoch_seconds", "id,at\n1,1709600000\n2,1709600000000\n3,-1\n", TIMES % ", format: epoch_s")
case("epoch_milliseconds", "id,at\n1,1709600000123\n2,1709600000\n", TIMES % ", format: epoch_ms")
case("mixed_offsets", "id,at\n1,2024-03-05T10:00:00Z\n2,2024-03-05T10:00:00+08:00\n3,2024-03-05 10:00:00\n", TIMES % "")
case("clocks_put_forward", "id,at\n1,2024-03-10 02:30:00\n2,2024-03-10 03:00:00\n", TIMES % ", zone: America/New_York")
case("clocks_put_forward_taken_as_later", "id,at\n1,2024-03-10 02:30:00\n2,2024-03-10 03:00:00\n", TIMES % ", zone: America/New_York, clock_gap: later")
case("clocks_put_back", "id,at\n1,2024-11-03 01:30:00\n2,2024-11-03 02:00:00\n", TIMES % ", zone: America/New_York")
case("clocks_put_back_quarantined", "id,at\n1,2024-11-03 01:30:00\n2,2024-11-03 02:00:00\n", TIMES % ", zone: America/New_York, clock_overlap: quarantine")
case("leap_second", "id,at\n1,2016-12-31T23:59:60Z\n2,2024-01-01T24:00:00Z\n", TIMES % "")

# ── numbers and words ───────────────────────────────────────────────────────────────────────────────────────────
AMOUNT = 'id: { type: integer }; amount: { type: "decimal(18,2)"%s }'
case("mixed_decimals", 'id,amount\n1,"1,234.56"\n2,"1.234,56"\n3,"1,23"\n4,1 234\n', AMOUNT % "")
case("european_decimals", 'id;amount\n1;1.234,56\n2;1234,5\n3;1,234.56\n4;1.23\n', AMOUNT % ', format: "1.234,56"', format='type: csv, delimiter: ";"')
case("currencies_mixed", 'id,amount\n1,"¥1,234.50"\n2,$5\n3,7 元\n4,8\n5,HK$ 9\n', AMOUNT % "")
case("json_numbers_beside_texts", {"a.jsonl": '{"id": 1, "amount": 1.234}\n{"id": 2, "amount": "1.234"}\n{"id": 3, "amount": "0,5"}\n{"id": 4, "amount": 0.5}\n'},
     "id: { type: integer }; amount: { type: \"decimal(18,3)\", format: \"1.234,56\" }", format="type: jsonl")
case("decorated_money", 'id,amount\n1,"¥1,234.50"\n2,(12.00)\n3,$ 5\n4,-£3.10\n5,１２３．４５\n6,￥９９\n7,12 USD per piece\n', AMOUNT % "")
case("percentages", "id,rate\n1,12.5%\n2,100％\n3,0.5\n", 'id: { type: integer }; rate: { type: "decimal(9,4)", format: "1,234.56%" }')
case("too_many_digits", "id,amount\n1,1.005\n2,1.100\n3,99999999999999999.99\n4,9999999999999999.99\n5,1e3\n6,1e400\n", AMOUNT % "")
case("no_numbers", "id,amount\n1,NaN\n2,Infinity\n3,-\n4,--5\n5,0x10\n6,1_000\n7,五\n", AMOUNT % "")
case("big_integers", "id,amount\n9007199254740993,1.00\n9223372036854775808,1.00\n-9223372036854775808,2.00\n", 'id: { type: bigint }; amount: { type: "decimal(18,2)" }')
case("leading_zeros", "code,amount\n007,1.00\n1E5,2.00\n", 'code: { type: string }; amount: { type: "decimal(18,2)" }')
case("booleans", "id,ok\n1,是\n2,否\n3,Y\n4,n\n5,TRUE\n6,0\n7,maybe\n8,2\n", "id: { type: integer }; ok: { type: boolean }")
case("booleans_of_their_own", "id,ok\n1,有效\n2,无效\n3,是\n", "id: { type: integer }; ok: { type: boolean, format: 有效/无效 }")
case("null_words", "id,name,amount\n1,NULL,1.00\n2,无,n/a\n3,null,2.00\n", format="type: csv, null_words: [\"NULL\", 无, n/a]")
case("missing_required", "id,name,amount\n,a,1.00\n2,b,2.00\n", BASIC)
case("too_long", "id,name\n1,王小明王小明\n2,王小明王小\n3,👨‍👩‍👧\n", "id: { type: integer }; name: { type: string, max_length: 5 }")
case("formulas_are_text", "id,name,amount\n1,=1+1,1.00\n2,@SUM(A1),2.00\n3,\"=cmd|' /C calc'!A0\",3.00\n")
case("emoji_and_direction_marks", "id,name,amount\n1,😀🇨🇳,1.00\n2,\u200fעברית\u200e,2.00\n3,a\u200bb,3.00\n")

# ── containers ──────────────────────────────────────────────────────────────────────────────────────────────────
case("gzip", {"a.csv.gz": packed(BODY)})
case("gzip_of_two_members", {"a.csv.gz": packed("id,name,amount\n1,a,1.00\n") + packed("2,b,2.00\n")})
case("gzip_truncated", {"a.csv.gz": packed(BODY * 50)[:-30]})
case("gzip_damaged", {"a.csv.gz": (lambda data: data[:60] + b"\xff\xff\xff\xff" + data[64:])(packed("".join(f"{i},{i * 7919 % 1000}\n" for i in range(2000))))})
case("gzip_bomb", {"a.csv.gz": packed("id,name,amount\n1,a,1.00\n" + "\n" * 300_000_000)})
case("named_gzip_but_plain", {"a.csv.gz": BODY})
case("gzip_named_plain", {"a.csv": packed(BODY)})
case("bzip2", {"a.csv.bz2": bz2.compress(BODY.encode())})
case("bzip2_truncated", {"a.csv.bz2": bz2.compress(BODY.encode() * 100)[:-20]})
ZSTD = bytes.fromhex("28b52ffd")
RAW_ZSTD = ZSTD + b"\x20" + bytes([len(BODY.encode())]) + (len(BODY.encode()) << 3 | 1).to_bytes(3, "little") + BODY.encode()
case("zstd", {"a.csv.zst": RAW_ZSTD})
case("zstd_truncated", {"a.csv.zst": RAW_ZSTD[:-5]})
case("zip_of_two_files", {"a.zip": zipped({"b.csv": "id,name,amount\n2,b,2.00\n", "a.csv": "id,name,amount\n1,a,1.00\n", "__MACOSX/._a.csv": "x"})})
case("zip_in_a_zip", {"a.zip": zipped({"b.zip": zipped({"a.csv": BODY})})})
case("zip_with_a_path_outside", {"a.zip": zipped({"../../a.csv": BODY})})
case("zip_without_files", {"a.zip": zipped({})})
case("zip_truncated", {"a.zip": zipped({"a.csv": BODY * 20})[:-40]})
case("zip_bomb", {"a.zip": zipped({"a.csv": "id,name,amount\n1,a,1.00\n" + "\n" * 300_000_000})})

# ── JSON ────────────────────────────────────────────────────────────────────────────────────────────────────────
J = "type: jsonl"
case("json_depth_bomb", {"a.jsonl": '{"id":1,"name":"a","amount":1}\n{"id":2,"name":' + "[" * 100_000 + "]" * 100_000 + "}\n"}, format=J)
case("json_duplicate_keys", {"a.jsonl": '{"id":1,"id":2,"name":"a","amount":1.00}\n'}, format=J)
case("json_big_numbers", {"a.jsonl": '{"id":9007199254740993,"x":12345678901234567890.12}\n{"id":1e2,"x":0.1}\n{"id":1.5,"x":1}\n'}, 'id: { type: bigint }; x: { type: "decimal(38,2)" }', format=J)
case("json_truncated", {"a.jsonl": '{"id":1,"name":"a","amount":1}\n{"id":2,"na'}, format=J)
case("json_lone_surrogate", {"a.jsonl": '{"id":1,"name":"a\\ud800","amount":1}\n{"id":2,"name":"\\ud83d\\ude00","amount":1}\n'}, format=J)
case("json_not_objects", {"a.jsonl": '[1,2]\n"a"\n{"id":1,"name":"a","amount":1} x\n{"id":2}\n'}, format=J)
case("json_with_mark", {"a.jsonl": b"\xef\xbb\xbf" + '{"id":1,"name":"王","amount":"1,000.50"}\n'.encode()}, format=J)
case("json_nested", {"a.json": json.dumps({"data": {"items": [{"id": 1, "customer": {"name": "a"}, "lines": [{"price": "1.50"}]}, {"id": 2, "customer": None, "lines": []}]}, "next": None}, indent=1)},
     'id: { type: integer }; name: { from: customer.name, type: string }; amount: { from: "lines[0].price", type: "decimal(18,2)" }', format="type: json, records: data.items")
case("json_array", {"a.json": '[{"id":1,"name":"a","amount":1.5},\n {"id":"x","name":"b","amount":2},\n {"id":3,"name":"c","amount":3}]'}, format="type: json")
case("json_array_truncated", {"a.json": '[{"id":1,"name":"a","amount":1.5},{"id":2,"name":"b"'}, format="type: json")
case("json_array_and_garbage", {"a.json": '[{"id":1,"name":"a","amount":1.5}] trailing'}, format="type: json")
case("json_path_that_is_not_there", {"a.json": '{"rows":[{"id":1}]}'}, format="type: json, records: data.items")
case("json_array_of_other_things", {"a.json": '[{"id":1,"name":"a","amount":1},[2],"x",null,{"id":3,"name":"c","amount":3}]'}, format="type: json")

# ── workbooks ───────────────────────────────────────────────────────────────────────────────────────────────────


def column(number):
    return chr(ord("A") + number)


def workbook(rows, merged=(), date1904=False, sheet="Sheet1", twice=""):
    """A minimal workbook. A cell is None, a text, a number, or (type, value, style): style 1 is a date; or else ("f",
    formula, result), the result of the type "str" being the empty text. `twice` stands behind the rows."""
    body = []
    for r, row in enumerate(rows, 1):
        cells = []
        for c, value in enumerate(row):
            place = f"{column(c)}{r}"
            if value is None:
                continue
            if isinstance(value, tuple) and value[0] == "f":
                kind, result = (' t="str"', "<v></v>") if value[2] == "str" else ("", value[2])
                cells.append(f'<c r="{place}"{kind}><f>{value[1]}</f>{result}</c>')
            elif isinstance(value, tuple):
                kind, text, style = value
                cells.append(f'<c r="{place}" s="{style}"{f" t={chr(34)}{kind}{chr(34)}" if kind else ""}><v>{text}</v></c>')
            elif isinstance(value, str):
                text = value.replace("&", "&amp;").replace("<", "&lt;")
                cells.append(f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
            else:
                cells.append(f'<c r="{place}"><v>{value}</v></c>')
        body.append(f'<row r="{r}">{"".join(cells)}</row>')
    epoch = ' date1904="1"' if date1904 else ""
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    merges = f'<mergeCells count="{len(merged)}">{merges}</mergeCells>' if merged else ""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pack = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped({
        "[Content_Types].xml": f'{head}<Types xmlns="{pack}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{pack}/relationships"><Relationship Id="rId1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}<workbook {main} xmlns:r="{rel}"><workbookPr{epoch}/><sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{pack}/relationships"><Relationship Id="rId1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{head}<styleSheet {main}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet {main}><sheetData>{"".join(body)}{twice}</sheetData>{merges}</worksheet>',
    })


def open_document(rows):
    """A minimal .ods. A cell is None, a text, a number, or (text, columns that it takes), where "=" is a formula
    without a result."""
    body = []
    for row in rows:
        cells = []
        for value in row:
            text, columns = value if isinstance(value, tuple) else (value, 1)
            span = f' table:number-columns-spanned="{columns}"' if columns > 1 else ""
            if text == "=":
                cells.append('<table:table-cell table:formula="of:=1+1"/>')
                continue
            kind = f'office:value-type="float" office:value="{text}"' if isinstance(text, (int, float)) else 'office:value-type="string"'
            cells.append("<table:table-cell/>" if text is None else f"<table:table-cell {kind}{span}><text:p>{text}</text:p></table:table-cell>")
            cells += ["<table:covered-table-cell/>"] * (columns - 1)
        body.append(f'<table:table-row>{"".join(cells)}</table:table-row>')
    names = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{names}:{name}:1.0"' for name in ["office", "table", "text"])
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({
        "mimetype": kind,
        "META-INF/manifest.xml": f'{head}<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        "content.xml": f'{head}<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="Sheet1">{"".join(body)}</table:table></office:spreadsheet></office:body></office:document-content>',
    })


X = "type: xlsx"
TABLE = [["id", "name", "amount"], [1, "王小明", 10.5], [2, "Anna", 0.1]]
case("workbook", {"a.xlsx": workbook(TABLE)}, format=X)
case("workbook_merged_headers", {"a.xlsx": workbook([["客户", None, "金额"], ["编号", "姓名", None], [1, "王", 2.5], [2, "李", 3]], ["A1:B1", "C1:C2"])},
     'id: { from: 客户 编号, type: integer }; name: { from: 客户 姓名, type: string }; amount: { from: 金额, type: "decimal(18,2)" }', format="type: xlsx, header_rows: 2")
case("workbook_merged_headers_ods", {"a.ods": open_document([[("客户", 2), "金额"], ["编号", "姓名", None], [1, "王", 2.5]])},
     'id: { from: 客户 编号, type: integer }; name: { from: 客户 姓名, type: string }; amount: { from: 金额, type: "decimal(18,2)" }', format="type: xlsx, header_rows: 2")
case("workbook_serial_dates", {"a.xlsx": workbook([["id", "day", "at"], [1, (None, 45356, 1), (None, 45356.75, 1)], [2, "2024-03-05", "2024-03-05 18:00:00"], [3, (None, 45356.5, 1), (None, 60, 1)], [4, 45356, None]])},
     "id: { type: integer }; day: { type: date, format: [\"%Y-%m-%d\", excel] }; at: { type: timestamp, zone: UTC }", format=X)
case("workbook_of_1904", {"a.xlsx": workbook([["id", "day"], [1, (None, 43894, 1)]], date1904=True)}, "id: { type: integer }; day: { type: date }", format=X)
case("workbook_with_errors", {"a.xlsx": workbook([["id", "name", "amount"], [1, "a", ("e", "#N/A", 0)], [2, ("e", "#REF!", 0), 2], [3, "c", 3]])}, format=X)
case("workbook_numbers", {"a.xlsx": workbook([["id", "name", "amount"], [1, 7.0, 0.30000000000000004], [2.0, "007", 1234567.89], [3.5, 1e21, 1], [4, ("b", 1, 0), 2]])}, format=X)
case("workbook_too_many_digits", {"a.xlsx": workbook([["id", "name", "amount"], [1, "a", 0.005], [2, "b", 0.1 + 0.7], [3, "c", 8.4915]])}, format=X)
# As programs write it that do not calculate; that the result is the empty text is a result.
FORMULAS = [["id", "name", "amount"], [1, "a", ("f", "1+1", "")], [2, "b", ("f", "1+1", "<v/>")], [3, ("f", 'T("")', "str"), ("f", "1+1", "<v>2</v>")], [4, "d", 4]]
case("workbook_formulas_without_results", {"a.xlsx": workbook(FORMULAS)}, format=X)
case("workbook_formulas_without_results_unread", {"a.xlsx": workbook(FORMULAS)}, "id: { type: integer, required: true }; name: { type: string }", format=X)
case("workbook_formulas_without_results_ods", {"a.ods": open_document([["id", "name", "amount"], [1, "a", ("=", 1)], [("=", 1), "b", 2], [3, "c", 3], [None, None, ("=", 1)]])}, format=X)
case("workbook_cell_twice", {"a.xlsx": workbook(TABLE, twice='<row r="3"><c r="B3"><v>7</v></c></row>')}, format=X)
case("workbook_wrong_sheet", {"a.xlsx": workbook(TABLE, sheet="客户")}, format="type: xlsx, sheet: Orders")
case("workbook_sheet_by_name", {"a.xlsx": workbook(TABLE, sheet="客户")}, format="type: xlsx, sheet: 客户")
case("workbook_junk_above", {"a.xlsx": workbook([["Report", None, None], [], ["id", "name", "amount"], [1, "a", 1], [], [2, "b", 2], ["合计", None, 3]])}, format="type: xlsx, header_row: 3, comment: [合计]")
case("workbook_empty", {"a.xlsx": workbook([])}, format=X)
case("workbook_truncated", {"a.xlsx": workbook(TABLE)[:-200]}, format=X)
case("workbook_that_is_csv", {"a.xlsx": BODY}, format=X)
case("workbook_read_as_csv", {"a.csv": workbook(TABLE)})

# ── Parquet ─────────────────────────────────────────────────────────────────────────────────────────────────────


def parquet(columns):
    import pyarrow
    import pyarrow.parquet
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out, compression="snappy")
    return out.getvalue()


def parquet_cases():
    import decimal
    import pyarrow
    good = parquet({"id": pyarrow.array([1, 2], pyarrow.int64()), "name": ["王", None], "amount": pyarrow.array([decimal.Decimal("1.50"), None], pyarrow.decimal128(10, 2))})
    P = "type: parquet"
    case("parquet", {"a.parquet": good}, format=P)
    case("parquet_truncated", {"a.parquet": good[:-40]}, format=P)
    case("parquet_damaged", {"a.parquet": good[:40] + b"\xff" * 60 + good[100:]}, format=P)
    # The types in the schema that Arrow embeds are of a kind that there is not: what the columns are is nowhere else in full.
    schema = pyarrow.parquet.ParquetFile(io.BytesIO(good)).metadata.metadata[b"ARROW:schema"]
    of_no_type = bytearray(base64.b64decode(schema))
    of_no_type[191] = 0
    case("parquet_arrow_schema_damaged", {"a.parquet": good.replace(schema, base64.b64encode(of_no_type))}, format=P)
    case("parquet_that_is_csv", {"a.parquet": BODY}, format=P)
    case("parquet_of_another_type", {"a.parquet": parquet({"id": [1], "name": ["a"], "amount": [True]})}, format=P)
    case("parquet_nested", {"a.parquet": parquet({"id": [1], "name": [{"first": "a"}], "amount": [1.0]})}, format=P)
    floats = parquet({"id": [1, 2, 3], "name": ["a", "b", "c"], "amount": [0.1 + 0.2, 1.005, float("nan")]})
    case("parquet_floats_for_money", {"a.parquet": floats}, format=P)
    # The header of a page says that it has more values than its levels are for.
    case("parquet_page_of_wrong_length", {"a.parquet": floats[:182] + b"\xdd" + floats[183:]}, format=P)
    case("parquet_big_integers", {"a.parquet": parquet({"id": pyarrow.array([2**53 + 1, 2**63], pyarrow.uint64()), "name": ["a", "b"], "amount": [1, 2]})},
         'id: { type: bigint }; name: { type: string }; amount: { type: "decimal(18,2)" }', format=P)
    case("parquet_narrowed_later", {"2024-01.parquet": good, "2024-02.parquet": parquet({"id": [3], "name": ["c"], "amount": pyarrow.array([3], pyarrow.int32())})}, format=P)
    # Days after 2262, which nanoseconds of 64 bits do not reach.
    old = io.BytesIO()
    days = pyarrow.array([datetime.datetime(9999, 12, 31), datetime.datetime(2024, 3, 5, 12, 34, 56, 789012), datetime.datetime(1899, 12, 31, 23), None], pyarrow.timestamp("us"))
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2, 3, 4], "at": days}), old, use_deprecated_int96_timestamps=True, store_schema=False)
    case("parquet_times_of_96_bits", {"a.parquet": old.getvalue()}, "id: { type: integer, required: true }; at: { type: timestamp, zone: UTC }", format=P)
    case("parquet_bytes_that_are_no_text", {"a.parquet": parquet({"id": [1, 2, 3], "name": [b"a", b"\xff\xfe", b"x\0y"], "amount": [1.5, 2.5, 3.5]})}, format=P)
    case("parquet_single_floats", {"a.parquet": parquet({"id": [1, 2], "name": ["a", "b"], "amount": pyarrow.array([0.1, 1.005], pyarrow.float32())})}, format=P)
    case("parquet_empty", {"a.parquet": parquet({"id": pyarrow.array([], pyarrow.int64()), "name": pyarrow.array([], pyarrow.string()), "amount": pyarrow.array([], pyarrow.float64())})}, format=P)


parquet_cases()


def main():
    for name, (files, source) in CASES.items():
        folder = os.path.join(HERE, name)
        os.makedirs(os.path.join(folder, "files"), exist_ok=True)
        for old in os.listdir(os.path.join(folder, "files")):
            os.remove(os.path.join(folder, "files", old))
        for file, data in files.items():
            with open(os.path.join(folder, "files", file), "wb") as out:
                out.write(data)
        with open(os.path.join(folder, "source.yaml"), "w", encoding="utf-8") as out:
            out.write(source)
    for name in sorted(os.listdir(HERE)):
        if os.path.isdir(os.path.join(HERE, name)) and name not in CASES:
            shutil.rmtree(os.path.join(HERE, name))


if __name__ == "__main__":
    main()
