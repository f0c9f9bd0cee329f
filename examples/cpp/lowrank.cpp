// Latent semantic analysis in C++: a sparse table of word counts, its leading directions, and how much they leave out.
//
//     c++ -std=c++17 lowrank.cpp $(pkg-config --cflags --libs lithe) -o lowrank && ./lowrank
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <vector>

#include <lithe.hpp>

int main() {
    // 5,000 documents of 30 words out of 2,000; each document is about one of four topics, a quarter of the words each.
    constexpr std::int64_t documents = 5000, words = 2000, topics = 4;
    std::mt19937_64 random(1);
    std::vector<std::int32_t> starts{0}, columns;
    std::vector<float> counts;
    for (std::int64_t i = 0; i < documents; i++) {
        for (int w = 0; w < 30; w++) {
            auto rank = static_cast<std::int64_t>(std::exponential_distribution<>(0.02)(random)) % (words / topics);
            columns.push_back(static_cast<std::int32_t>(rank * topics + i % topics));
            counts.push_back(1); // a word that comes twice is two entries, which add up
        }
        starts.push_back(static_cast<std::int32_t>(columns.size()));
    }

    auto table = lithe::lowrank::sparse_view<float>::csr(documents, words, starts, columns, counts);
    auto factors = lithe::lowrank::svd(table, topics + 2, {{"random_state", 7}});

    std::cout << "singular values";
    for (double s : factors.s)
        std::cout << ' ' << s;
    std::cout << "\nleft out " << 100 * factors.relative_error << " % of the norm, after " << factors.passes
              << " passes by method " << factors.method << '\n';

    // The Gram matrix of the words, which is never formed: only its products with blocks of vectors are.
    lithe::lowrank::products<double> gram(words, words, [&](const auto &x, const auto &y) {
        std::vector<double> row(static_cast<std::size_t>(x.cols()));
        for (std::int64_t j = 0; j < words; j++)
            std::fill_n(&y(j, 0), x.cols(), 0.0);
        for (std::size_t i = 0; i + 1 < starts.size(); i++) {
            std::fill(row.begin(), row.end(), 0.0);
            for (auto p = starts[i]; p < starts[i + 1]; p++)
                for (std::size_t k = 0; k < row.size(); k++)
                    row[k] += x(columns[static_cast<std::size_t>(p)], static_cast<std::int64_t>(k));
            for (auto p = starts[i]; p < starts[i + 1]; p++)
                for (std::size_t k = 0; k < row.size(); k++)
                    y(columns[static_cast<std::size_t>(p)], static_cast<std::int64_t>(k)) += row[k];
        }
    });
    auto pairs = lithe::lowrank::eigh(gram, topics);
    std::cout << "the largest of them again, by products alone: " << std::sqrt(pairs.values[0]) << '\n';
}
