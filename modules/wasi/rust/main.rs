// SPDX-License-Identifier: Apache-2.0
use std::io::Read;
use std::{env, fs, io, process};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    println!("{} arguments", arguments.len());
    for argument in &arguments {
        println!("argument {}", argument);
    }
    match env::var("CURRENCY") {
        Ok(currency) => println!("currency {}", currency),
        Err(_) => println!("no currency"),
    }
    let mut input = String::new();
    io::stdin().read_to_string(&mut input).expect("the input is text");
    let sum: i64 = input.lines().map(|line| line.trim().parse::<i64>().unwrap_or(0)).sum();
    println!("sum {}", sum);

    let folder = arguments.first().map_or(".", String::as_str);
    let text = fs::read_to_string(format!("{}/amounts.txt", folder)).unwrap_or_else(|_| {
        println!("cannot read amounts.txt");
        process::exit(3)
    });
    let report = format!("{} lines, {} bytes\n", text.matches('\n').count(), text.len());
    print!("{}", report);
    fs::write(format!("{}/report.txt", folder), &report).expect("report.txt can be written");
    eprintln!("done");
    process::exit(arguments.get(1).map_or(0, |code| code.parse().unwrap_or(0)))
}
