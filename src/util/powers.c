/*
 * One line of any language with large integers makes this table: for e >= 0
 * shift 10^e until 64 bits are left, for e < 0 divide 2^(63 - log2) by 10^-e;
 * both round down. tests/unit/util/test_floats.c does so and compares.
 */
#include "config.h"
#include "util/powers.h"

const uint64_t powers_of_ten[POWER_MAX - POWER_MIN + 1] = {
    0xa87fea27a539e9a5u, 0xd29fe4b18e88640eu, 0x83a3eeeef9153e89u,
    0xa48ceaaab75a8e2bu, 0xcdb02555653131b6u, 0x808e17555f3ebf11u,
    0xa0b19d2ab70e6ed6u, 0xc8de047564d20a8bu, 0xfb158592be068d2eu,
    0x9ced737bb6c4183du, 0xc428d05aa4751e4cu, 0xf53304714d9265dfu,
    0x993fe2c6d07b7fabu, 0xbf8fdb78849a5f96u, 0xef73d256a5c0f77cu,
    0x95a8637627989aadu, 0xbb127c53b17ec159u, 0xe9d71b689dde71afu,
    0x9226712162ab070du, 0xb6b00d69bb55c8d1u, 0xe45c10c42a2b3b05u,
    0x8eb98a7a9a5b04e3u, 0xb267ed1940f1c61cu, 0xdf01e85f912e37a3u,
    0x8b61313bbabce2c6u, 0xae397d8aa96c1b77u, 0xd9c7dced53c72255u,
    0x881cea14545c7575u, 0xaa242499697392d2u, 0xd4ad2dbfc3d07787u,
    0x84ec3c97da624ab4u, 0xa6274bbdd0fadd61u, 0xcfb11ead453994bau,
    0x81ceb32c4b43fcf4u, 0xa2425ff75e14fc31u, 0xcad2f7f5359a3b3eu,
    0xfd87b5f28300ca0du, 0x9e74d1b791e07e48u, 0xc612062576589ddau,
    0xf79687aed3eec551u, 0x9abe14cd44753b52u, 0xc16d9a0095928a27u,
    0xf1c90080baf72cb1u, 0x971da05074da7beeu, 0xbce5086492111aeau,
    0xec1e4a7db69561a5u, 0x9392ee8e921d5d07u, 0xb877aa3236a4b449u,
    0xe69594bec44de15bu, 0x901d7cf73ab0acd9u, 0xb424dc35095cd80fu,
    0xe12e13424bb40e13u, 0x8cbccc096f5088cbu, 0xafebff0bcb24aafeu,
    0xdbe6fecebdedd5beu, 0x89705f4136b4a597u, 0xabcc77118461cefcu,
    0xd6bf94d5e57a42bcu, 0x8637bd05af6c69b5u, 0xa7c5ac471b478423u,
    0xd1b71758e219652bu, 0x83126e978d4fdf3bu, 0xa3d70a3d70a3d70au,
    0xccccccccccccccccu, 0x8000000000000000u, 0xa000000000000000u,
    0xc800000000000000u, 0xfa00000000000000u, 0x9c40000000000000u,
    0xc350000000000000u, 0xf424000000000000u, 0x9896800000000000u,
    0xbebc200000000000u, 0xee6b280000000000u, 0x9502f90000000000u,
    0xba43b74000000000u, 0xe8d4a51000000000u, 0x9184e72a00000000u,
    0xb5e620f480000000u, 0xe35fa931a0000000u, 0x8e1bc9bf04000000u,
    0xb1a2bc2ec5000000u, 0xde0b6b3a76400000u, 0x8ac7230489e80000u,
    0xad78ebc5ac620000u, 0xd8d726b7177a8000u, 0x878678326eac9000u,
    0xa968163f0a57b400u, 0xd3c21bcecceda100u, 0x84595161401484a0u,
    0xa56fa5b99019a5c8u, 0xcecb8f27f4200f3au, 0x813f3978f8940984u,
    0xa18f07d736b90be5u, 0xc9f2c9cd04674edeu, 0xfc6f7c4045812296u,
    0x9dc5ada82b70b59du, 0xc5371912364ce305u, 0xf684df56c3e01bc6u,
    0x9a130b963a6c115cu, 0xc097ce7bc90715b3u, 0xf0bdc21abb48db20u,
    0x96769950b50d88f4u, 0xbc143fa4e250eb31u, 0xeb194f8e1ae525fdu,
    0x92efd1b8d0cf37beu, 0xb7abc627050305adu, 0xe596b7b0c643c719u,
    0x8f7e32ce7bea5c6fu, 0xb35dbf821ae4f38bu,
};
