// Feeds samples to the design at its own pace, and keeps what comes out.
//
// usage: simulate INPUTS OUTPUTS COUNT CYCLES
//   INPUTS, OUTPUTS   one record per sample, or per token of one: the ports in order, each in 32-bit words, lowest first
//   CYCLES            how many clocks after the last input an answer may still come
// Prints the number of answers and the clocks between the first input and the first answer.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "Vdut.h"
#include "verilated.h"

template <class T> static void put(T& port, const uint32_t* words) {
    uint64_t value = words[0];
    if (sizeof(T) > 4) value |= uint64_t(words[1]) << 32;
    port = T(value);
}
template <std::size_t N> static void put(VlWide<N>& port, const uint32_t* words) {
    for (std::size_t i = 0; i < N; ++i) port[i] = words[i];
}
template <class T> static void get(const T& port, uint32_t* words) {
    words[0] = uint32_t(port);
    if (sizeof(T) > 4) words[1] = uint32_t(uint64_t(port) >> 32);
}
template <std::size_t N> static void get(const VlWide<N>& port, uint32_t* words) {
    for (std::size_t i = 0; i < N; ++i) words[i] = port[i];
}

#include "ports.h" // CLOCKED, TOKENS, SPACING, INTERVAL, ANSWERS, LEAVES, IN_WORDS, OUT_WORDS, drive, read

static FILE* open(const char* path, const char* mode) {
    FILE* file = std::fopen(path, mode);
    if (!file) {
        std::perror(path);
        std::exit(2);
    }
    return file;
}

static void fail(const char* what) {
    std::printf("%s\n", what);
    std::exit(3);
}

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    FILE* inputs = open(argv[1], "rb");
    FILE* outputs = open(argv[2], "wb");
    const uint64_t count = std::strtoull(argv[3], nullptr, 10);
    const uint64_t cycles = std::strtoull(argv[4], nullptr, 10);

    VerilatedContext context;
    context.randReset(2); // registers start with anything
    context.randSeed(1);
    Vdut dut(&context);
    std::vector<uint32_t> in(IN_WORDS + 1), out(OUT_WORDS + 1);
    auto next = [&] {
        if (std::fread(in.data(), 4, IN_WORDS, inputs) != IN_WORDS) fail("too few inputs");
    };
    auto keep = [&] {
        read(dut, out.data());
        if (std::fwrite(out.data(), 4, OUT_WORDS, outputs) != OUT_WORDS) fail("the disk is full");
    };
    uint64_t answers = 0, first = 0;
#if CLOCKED
    auto settle = [&] { dut.clk = 0; dut.eval(); };
    auto tick = [&] { dut.clk = 1; dut.eval(); };
    drive(dut, in.data());
    dut.in_valid = 0;
    for (int cycle = 0; cycle < 4; ++cycle) {
        dut.rst = cycle < 2;
        settle();
        if (cycle >= 2 && dut.out_valid) fail("out_valid is up after reset");
        tick();
    }
    bool entered = false;
    for (uint64_t cycle = 0; cycle < count * INTERVAL + cycles; ++cycle) {
        const uint64_t phase = cycle % INTERVAL;
        const bool enters = cycle / INTERVAL < count && phase % SPACING == 0 && phase / SPACING < TOKENS;
        if (enters) {
            next();
            drive(dut, in.data());
        } else if (entered) { // what comes when nothing is valid must not reach an answer
            for (uint32_t& word : in) word = ~word;
            drive(dut, in.data());
        }
        entered = enters;
        dut.in_valid = enters;
        settle();
        if (dut.out_valid) {
            if (answers == 0) first = cycle;
            if (cycle != first + answers / ANSWERS * INTERVAL + LEAVES[answers % ANSWERS])
                fail("out_valid goes down between two answers");
            ++answers;
            if (answers > count * ANSWERS) fail("out_valid stays up after the last answer");
            keep();
        }
        tick();
    }
#else
    for (; answers < count; ++answers) {
        next();
        drive(dut, in.data());
        dut.eval();
        keep();
    }
#endif
    if (std::fclose(outputs) != 0) fail("the disk is full");
    std::printf("%llu %llu\n", (unsigned long long)answers, (unsigned long long)first);
    dut.final();
    return 0;
}
