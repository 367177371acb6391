;; A guest's data is a guest's, whatever it looks like: what C compilers read, and what is done to the C that a module becomes, must not reach it.
;; Core specification 2.0, 4.5.4, instantiation: the bytes of an active segment are written as they are.
(module
  (memory 1)
  (data (i32.const 0) "static inline void a(void);\nstatic inline int b;\ntypedef double f64;\n#include <simde/wasm/simd128.h>\n#include \"m.h\"\nend1")
  (data (i32.const 1024) "wasm_rt_local_memory_base = (&instance->w2c_M0)->data;\nwasm_rt_memcpy(MEM_ADDR_MEMOP(mem, addr, sizeof(t1)), &wrapped,\nend2")
  (data (i32.const 2048) "static double wasm_quiet(double x) {\n  if (UNLIKELY(isnan(x))) {\n    return quiet_nan(x);\n  }\n  return x;\n}\nend3")
  (data (i32.const 3072) "#define CALL_INDIRECT(table, t, ft, x, ...) \\\n  (CHECK_CALL_INDIRECT(table, ft, x),       \\\n   DO_CALL_INDIRECT(table, t, x, __VA_ARGS__))\nend4")
  (data (i32.const 4096) "\nvoid w2c_m_f1(w2c_m* instance, u32 var_p0) { var_p0 = 1u; }\nvoid w2c_m_f1(w2c_m*, u32);\nconst u8 data_segment_data_w2c_m_d0[] = {\n  0x00,\n};\nend5")
  (func (export "word") (param $at i32) (result i32) (i32.load (local.get $at)))
  (func (export "sum") (result i32)
    (local $at i32) (local $sum i32)
    (loop $each
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $at) (i32.const 8192))))
    (local.get $sum)))

;; Where each segment's last word begins, by counting its characters; "end1" is 0x31646e65.
(assert_return (invoke "word" (i32.const 116)) (i32.const 0x31646e65))
(assert_return (invoke "word" (i32.const 1143)) (i32.const 0x32646e65))
(assert_return (invoke "word" (i32.const 2156)) (i32.const 0x33646e65))
(assert_return (invoke "word" (i32.const 3211)) (i32.const 0x34646e65))
(assert_return (invoke "word" (i32.const 4238)) (i32.const 0x35646e65))
;; Every byte: the sum, times 31, plus the next.
(assert_return (invoke "sum") (i32.const 0x498b403e))
